"""What a model is fitted with: one learner a file, each fits a sample and gives a scorer."""
