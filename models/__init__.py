"""Risk and check-up timing models: declared, trained, calibrated, evaluated, exported."""
