-- A day's announced parcels, one row each: the last line of a parcel wins. Cells that say nothing become null; cells
-- that say something else than their column wants become null too, and their words go into the column's note.
WITH cells AS (
    SELECT
        CAST(day AS DATE) AS day,
        _carrier AS carrier,
        upper(trim(tracking_number)) AS tracking_number,
        -- An order's number, whatever is written before it: 20330042, #20330042, ORD-020330042, 20330042.0
        TRY_CAST(regexp_extract(trim(order_reference), '^[^0-9]*0*([0-9]{1,18})(?:[.]0+)?$', 1) AS BIGINT) AS order_id,
        nullif(regexp_replace(trim(shipped_on), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS shipped,
        nullif(regexp_replace(trim(promised_on), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS promised,
        nullif(regexp_replace(trim(postcode), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS postcode,
        nullif(regexp_replace(trim(city), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS city,
        nullif(regexp_replace(trim(country), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS country,
        nullif(regexp_replace(trim(weight_kg), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS weight,
        nullif(regexp_replace(trim(freight_eur), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS freight
    FROM logistics.raw_shipments
    QUALIFY row_number() OVER (PARTITION BY _carrier, upper(trim(tracking_number)) ORDER BY _line DESC) = 1
),
-- Nordpost writes 1.234,56 where the others write 1,234.56.
spelled AS (
    SELECT
        *,
        try_strptime(shipped, ['%Y-%m-%d', '%d-%b-%y', '%d-%b-%Y'])::DATE AS shipped_day,
        try_strptime(promised, ['%Y-%m-%d', '%d-%b-%y', '%d-%b-%Y'])::DATE AS promised_day,
        CASE WHEN carrier = 'nordpost' THEN translate(weight, '.,', ',.') ELSE weight END AS weight_number,
        CASE WHEN carrier = 'nordpost' THEN translate(freight, '.,', ',.') ELSE freight END AS freight_number
    FROM cells
),
picked_up AS (
    SELECT *, CASE WHEN shipped_day BETWEEN day - 14 AND day THEN shipped_day END AS shipped_on FROM spelled
),
typed AS (
    SELECT
        *,
        CASE WHEN promised_day BETWEEN coalesce(shipped_on, day) AND day + 30 THEN promised_day END AS promised_on,
        CASE
            WHEN regexp_full_match(weight_number, '([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)?')
                THEN TRY_CAST(replace(weight_number, ',', '') AS DECIMAL(10, 3))
        END AS weight_kg,
        CASE
            WHEN regexp_full_match(freight_number, '([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]+)?')
                THEN TRY_CAST(replace(freight_number, ',', '') AS DECIMAL(12, 2))
        END AS freight_eur
    FROM picked_up
)
SELECT
    parcels.day,
    parcels.carrier,
    parcels.tracking_number,
    parcels.order_id,
    CASE WHEN parcels.shipped_on = parcels.day THEN orders.order_id IS NOT NULL END AS same_day,
    parcels.shipped_on,
    CASE WHEN parcels.shipped_on IS NULL THEN parcels.shipped END AS shipped_note,
    parcels.promised_on,
    CASE WHEN parcels.promised_on IS NULL THEN parcels.promised END AS promised_note,
    upper(parcels.postcode) AS postcode,
    parcels.city,
    CASE upper(parcels.country)
        WHEN 'GERMANY' THEN 'DE'
        WHEN 'FRANCE' THEN 'FR'
        WHEN 'UNITED KINGDOM' THEN 'GB'
        WHEN 'UNITED STATES' THEN 'US'
        WHEN 'SWEDEN' THEN 'SE'
        ELSE upper(parcels.country)
    END AS country,
    parcels.weight_kg,
    CASE WHEN parcels.weight_kg IS NULL THEN parcels.weight END AS weight_note,
    parcels.freight_eur,
    CASE WHEN parcels.freight_eur IS NULL THEN parcels.freight END AS freight_note
FROM typed AS parcels
LEFT JOIN sales.orders_v1 AS orders ON parcels.order_id = orders.order_id
