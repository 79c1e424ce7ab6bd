-- A day's orders, with or without their customer: who was erased is not in customers_v1 any more, the order stays.
SELECT
    CAST(orders.day AS DATE) AS day,
    orders.order_id,
    customers.customer_id,
    orders.status,
    CASE
        WHEN orders.status IN ('placed', 'paid', 'shipped') THEN 'open'
        WHEN orders.status = 'delivered' THEN 'completed'
        WHEN orders.status IN ('cancelled', 'refunded') THEN 'lost'
    END AS status_group,
    orders.placed_at,
    orders.currency,
    orders.total_amount,
    CAST(orders.total_amount - orders.shipping_fee AS DECIMAL(12, 2)) AS items_amount,
    orders.shipping_fee,
    orders.shipping_fee > 0 AS needs_shipping,
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
    END AS shipping_country,
    orders.updated_at
FROM sales.raw_orders AS orders
LEFT JOIN sales.customers_v1 AS customers ON orders.customer_id = customers.customer_id
