-- What became of a day's parcels, by carrier, as far as scans are known. What is due is told three days late, when the
-- carriers have reported all scans of the promised day.
WITH scans AS (
    SELECT
        carrier,
        tracking_number,
        min(scanned_at) FILTER (WHERE event = 'picked_up') AS picked_up_at,
        min(scanned_at) FILTER (WHERE event = 'delivered') AS delivered_at,
        min(day) FILTER (WHERE event = 'delivered') AS delivered_on,
        bool_or(event = 'delivery_attempted') AS attempted
    FROM logistics.scan_events_v1
    GROUP BY carrier, tracking_number
),
known AS (
    SELECT max(day) AS until FROM logistics.scan_events_v1
),
parcels AS (
    SELECT
        shipments.day,
        shipments.carrier,
        known.until AS known_until,
        shipments.freight_eur,
        scans.delivered_on,
        scans.delivered_on <= shipments.promised_on AS in_time,
        coalesce(shipments.promised_on + 3 <= known.until, false) AS due,
        scans.delivered_on IS NULL AND coalesce(shipments.promised_on + 10 <= known.until, false) AS missing,
        scans.delivered_on IS NOT NULL AND NOT scans.attempted AS at_first_attempt,
        CASE
            WHEN scans.delivered_at >= scans.picked_up_at
                THEN date_diff('second', scans.picked_up_at, scans.delivered_at) / 3600.0
        END AS transit_hours
    FROM logistics.shipments_v1 AS shipments
    CROSS JOIN known
    LEFT JOIN scans ON shipments.carrier = scans.carrier AND shipments.tracking_number = scans.tracking_number
)
SELECT
    day,
    carrier,
    known_until,
    count(*) AS parcels,
    count(delivered_on) AS delivered,
    count(*) FILTER (WHERE missing) AS missing,
    count(*) FILTER (WHERE due) AS due,
    count(*) FILTER (WHERE due AND in_time) AS on_time,
    CASE WHEN count(*) FILTER (WHERE due) > 0
        THEN count(*) FILTER (WHERE due AND in_time) / CAST(count(*) FILTER (WHERE due) AS DOUBLE)
    END AS on_time_share,
    CASE WHEN count(delivered_on) > 0
        THEN count(*) FILTER (WHERE at_first_attempt) / CAST(count(delivered_on) AS DOUBLE)
    END AS first_attempt_share,
    count(transit_hours) AS timed,
    median(transit_hours) AS transit_hours_median,
    quantile_cont(transit_hours, 0.9) AS transit_hours_p90,
    CAST(sum(freight_eur) AS DECIMAL(14, 2)) AS freight_eur
FROM parcels
GROUP BY day, carrier, known_until
