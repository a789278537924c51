"""S3's objects: entries in the site's database, content in files with random names; a crash loses nothing."""
