"""Whether the customers decided for now are like those the models learned from."""
