"""The same pure function over many tasks: in local processes, or on a Dask cluster."""
