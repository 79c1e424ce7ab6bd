-- A day's order lines, each with the currency of its order and the film's title on that day. The join also makes
-- top_movies_v1 a dependency, so that it is published first: the contract's foreign key is checked against it.
SELECT
    CAST(lines.day AS DATE) AS day,
    lines.order_id,
    lines.line_number,
    lines.film_id,
    films.title AS film_title,
    lines.format,
    lines.quantity,
    orders.currency,
    lines.unit_price,
    CAST(lines.quantity * lines.unit_price AS DECIMAL(14, 2)) AS line_amount,
    lines.updated_at
FROM sales.raw_order_lines AS lines
LEFT JOIN sales.orders_v1 AS orders ON lines.order_id = orders.order_id
LEFT JOIN movies.top_movies_v1 AS films
    ON films.list = 'popular' AND films.day = CAST(lines.day AS DATE) AND films.id = lines.film_id
