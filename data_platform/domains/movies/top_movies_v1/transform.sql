-- A day's lists, typed. What cannot be typed is null, which the contract refuses; of the one column that may be null it
-- fails here.
SELECT
    CAST($partition_key AS DATE) AS day,
    list,
    TRY_CAST(rank AS BIGINT) AS rank,
    TRY_CAST(id AS BIGINT) AS id,
    title,
    original_title,
    language,
    CAST(release_date AS DATE) AS release_date,
    genres,
    TRY_CAST(popularity AS DOUBLE) AS popularity,
    TRY_CAST(vote_average AS DOUBLE) AS vote_average,
    TRY_CAST(vote_count AS BIGINT) AS vote_count,
    TRY_CAST(adult AS BOOLEAN) AS adult,
    poster_path,
    overview
FROM movies.top_movies_csv
