"""Operations on tables: each a synchronous function on a connection, inside one transaction."""
