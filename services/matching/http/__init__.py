"""The doors of matching: the partner API, the agency portal and the public guide."""
