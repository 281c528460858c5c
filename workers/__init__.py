"""The processes that do the work: they join the rows of `tryon` with the models of `ml`."""
