"""The run: every school's notebooks through Papermill, then all pages published at once."""
