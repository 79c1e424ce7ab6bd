-- A day's orders. The join also makes customers_v1 a dependency, so that it is published first: the contract's foreign
-- key is checked against it.
SELECT
    CAST(orders.day AS DATE) AS day,
    orders.order_id,
    orders.customer_id,
    CAST(customers.created_at AS DATE) AS customer_since,
    orders.status,
    orders.placed_at,
    orders.currency,
    orders.total_amount,
    orders.shipping_fee,
    orders.payment_method,
    CASE
        WHEN regexp_full_match(upper(trim(orders.utm_campaign)), 'CMP-[0-9]{4}') THEN upper(trim(orders.utm_campaign))
    END AS campaign_id,
    CASE upper(trim(orders.ship_to_country))
        WHEN 'GERMANY' THEN 'DE'
        WHEN 'FRANCE' THEN 'FR'
        WHEN 'UNITED KINGDOM' THEN 'GB'
        WHEN 'UNITED STATES' THEN 'US'
        WHEN 'SWEDEN' THEN 'SE'
        ELSE upper(trim(orders.ship_to_country))
    END AS ship_to_country,
    orders.updated_at
FROM sales.raw_orders AS orders
LEFT JOIN sales.customers_v1 AS customers ON orders.customer_id = customers.customer_id
