"""The benchmark's page: one HTML file with interactive charts, nothing fetched from a network."""

from workflow.bench.page.build import write_page

__all__ = ["write_page"]
