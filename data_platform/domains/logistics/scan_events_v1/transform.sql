-- A day's scans, each once: of what a carrier reports again the first report counts.
WITH typed AS (
    SELECT
        CAST(day AS DATE) AS day,
        _carrier AS carrier,
        upper(trim(tracking_number)) AS tracking_number,
        lower(trim(event)) AS event,
        try_strptime(
            trim(event_time), ['%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%d %H:%M:%S%z', '%d-%b-%y %H:%M', '%d-%b-%Y %H:%M']
        ) AS read_at,
        nullif(regexp_replace(trim(location), '^(?i:n/a|none|null|unknown|-+)$', ''), '') AS location,
        TRY_CAST(regexp_extract(_file, '([0-9]{4}-[0-9]{2}-[0-9]{2})', 1) AS DATE) AS reported_on
    FROM logistics.raw_scan_events
),
dated AS (
    -- A time on another day than its own is one that its file could not hold: ingestion put it on the file's day.
    SELECT *, CASE WHEN CAST(read_at AS DATE) = day THEN read_at END AS scanned_at FROM typed
)
SELECT
    day,
    md5(
        concat_ws('|', carrier, tracking_number, event, coalesce(CAST(epoch_us(scanned_at) AS VARCHAR), 'undated'))
    ) AS scan_id,
    carrier,
    tracking_number,
    event,
    scanned_at,
    location,
    reported_on
FROM dated
QUALIFY row_number() OVER (PARTITION BY scan_id ORDER BY reported_on, location NULLS LAST) = 1
