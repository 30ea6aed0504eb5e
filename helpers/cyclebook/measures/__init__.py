"""What is counted again and again: its points at a school, who stands behind them, and what runs of them say. Plans and evaluation rest on it."""
