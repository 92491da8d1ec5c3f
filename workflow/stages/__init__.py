"""Where a stage of `tracks` meets the launcher of `jobs`: task list, worker, and what is summed up."""
