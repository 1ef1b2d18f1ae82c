"""Files of a member, fetched by a browser that is not the Mini App's."""
