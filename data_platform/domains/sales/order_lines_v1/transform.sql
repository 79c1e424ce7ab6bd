-- A day's order lines, each with the currency of its order.
SELECT
    CAST(lines.day AS DATE) AS day,
    lines.order_id,
    lines.line_number,
    lines.film_id,
    lines.format,
    lines.quantity,
    orders.currency,
    lines.unit_price,
    CAST(lines.quantity * lines.unit_price AS DECIMAL(14, 2)) AS line_amount,
    lines.updated_at
FROM sales.raw_order_lines AS lines
LEFT JOIN sales.orders_v1 AS orders ON lines.order_id = orders.order_id
