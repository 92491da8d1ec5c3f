"""Rows written as a worker writes them."""

from data_schemas.task import Task
from jobs.fingerprint import Fingerprint
from jobs.ledger import PartWriter, Row, tally


def append(folder, *rows: Row):
    """Append rows to the parts they name."""
    for row in rows:
        writer = PartWriter(folder, row.place)
        task = Task(row.task, (), row.output, row.cost, row.settings)
        writer.began(task, row.attempt, row.started_at_s, Fingerprint(row.fingerprint, row.bytes_in))
        facts = {
            "rows_in": row.rows_in,
            "rows_out": row.rows_out,
            "left": tally(row.left),
            "made": tally(row.made),
            "bytes_out": row.bytes_out,
            "error": row.error,
            "traceback": row.traceback,
            "inputs": row.inputs,
        }
        writer.ended(row.task, row.seconds, row.status, row.peak_rss_bytes, facts)
        writer.close()
