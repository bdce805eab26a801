"""How fast, how much memory: each figure beside a floor measured in the same run."""
