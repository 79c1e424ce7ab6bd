-- A day's revenue by currency; cancelled and refunded orders bring none.
SELECT
    day,
    currency,
    count(*) AS orders,
    count(*) FILTER (WHERE status IN ('cancelled', 'refunded')) AS lost_orders,
    CAST(
        coalesce(sum(total_amount) FILTER (WHERE status NOT IN ('cancelled', 'refunded')), 0) AS DECIMAL(18, 2)
    ) AS revenue
FROM sales.orders_v1
GROUP BY day, currency
