-- How far a day's orders are on their way. Scans of the last three days may still be missing, so that what has not
-- arrived is late three days after the promised day, and lost ten days after it. An order is followed for 60
-- days, so that with the history only the reading grows, and not the joining.
WITH deliveries AS (
    SELECT carrier, tracking_number, min(day) AS delivered_on, min(scanned_at) AS delivered_at
    FROM logistics.scan_events_v1
    WHERE event = 'delivered' AND day BETWEEN CAST($partition_key AS DATE) AND CAST($partition_key AS DATE) + 60
    GROUP BY carrier, tracking_number
),
known AS (
    SELECT max(day) AS until FROM logistics.scan_events_v1
),
announced AS (
    SELECT order_id, carrier, tracking_number, coalesce(shipped_on, day) AS shipped_on, promised_on
    FROM logistics.shipments_v1
    WHERE day BETWEEN CAST($partition_key AS DATE) AND CAST($partition_key AS DATE) + 60
    QUALIFY row_number() OVER (PARTITION BY carrier, tracking_number ORDER BY day) = 1
),
parcels AS (
    SELECT
        announced.order_id,
        announced.shipped_on,
        announced.promised_on,
        deliveries.delivered_on,
        deliveries.delivered_at,
        CASE
            WHEN deliveries.delivered_on IS NOT NULL THEN deliveries.delivered_on > announced.promised_on
            WHEN announced.promised_on + 3 <= known.until THEN true
        END AS late,
        deliveries.delivered_on IS NULL AND coalesce(announced.promised_on + 10 <= known.until, false) AS missing
    FROM announced
    CROSS JOIN known
    LEFT JOIN deliveries
        ON announced.carrier = deliveries.carrier AND announced.tracking_number = deliveries.tracking_number
),
sent AS (
    SELECT
        order_id,
        count(*) AS parcels,
        count(delivered_on) AS parcels_delivered,
        count(*) FILTER (WHERE missing) AS parcels_missing,
        min(shipped_on) AS first_shipped_on,
        max(promised_on) AS promised_on,
        CASE WHEN count(*) = count(delivered_on) THEN max(delivered_on) END AS delivered_on,
        CASE WHEN count(*) = count(delivered_at) THEN max(delivered_at) END AS delivered_at,
        CASE WHEN bool_or(late) THEN true WHEN count(late) = count(*) THEN false END AS is_late
    FROM parcels
    GROUP BY order_id
)
SELECT
    orders.day,
    orders.order_id,
    CASE
        WHEN sent.parcels_delivered = sent.parcels THEN 'delivered'
        WHEN sent.parcels_missing > 0 THEN 'lost'
        WHEN sent.parcels_delivered > 0 THEN 'partly_delivered'
        WHEN sent.parcels > 0 THEN 'shipped'
        WHEN NOT orders.needs_shipping THEN 'nothing_to_ship'
        WHEN orders.status_group = 'lost' THEN 'cancelled'
        ELSE 'open'
    END AS state,
    orders.shipping_country,
    orders.placed_at,
    coalesce(sent.parcels, 0) AS parcels,
    coalesce(sent.parcels_delivered, 0) AS parcels_delivered,
    sent.first_shipped_on,
    sent.promised_on,
    sent.delivered_on,
    CASE
        WHEN sent.delivered_at >= orders.placed_at
            THEN date_diff('second', orders.placed_at, sent.delivered_at) / 3600.0
    END AS fulfilment_hours,
    sent.is_late,
    known.until AS known_until
FROM sales.orders_v2 AS orders
CROSS JOIN known
LEFT JOIN sent ON orders.order_id = sent.order_id
