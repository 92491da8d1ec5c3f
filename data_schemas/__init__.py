"""The contracts: tables with units, configuration, tasks, files and errors that every room shares."""
