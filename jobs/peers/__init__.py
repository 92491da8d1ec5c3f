"""Other ways to launch the same tasks with the same ledger, to be compared with ours; no stage uses them."""
