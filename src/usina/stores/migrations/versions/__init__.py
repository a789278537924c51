"""The changes of the schema in their order; a file that was released is never edited again."""
