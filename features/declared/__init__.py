"""The features, declared by the kind of record that they come from."""
