-- All dates in one table: what each had, how that compares, and what they come to.
WITH traffic AS (
    SELECT
        date,
        TRY_CAST(date AS DATE) AS day,
        hits,
        visitors,
        sessions,
        bytes,
        client_error_share + server_error_share AS error_share,
        top_paths,
        lines,
        blank_lines,
        rejected_lines
    FROM logs.daily_traffic_v1
),

span AS (
    SELECT min(day) AS first_day, max(day) AS last_day FROM traffic
),

calendar AS (
    SELECT CAST(unnest(generate_series(first_day, last_day, INTERVAL 1 DAY)) AS DATE) AS day FROM span
),

dates AS (
    SELECT
        calendar.day,
        strftime(calendar.day, '%Y-%m-%d') AS date
    FROM calendar
    UNION ALL
    SELECT
        NULL AS day,
        date
    FROM traffic
    WHERE day IS NULL
),

paths AS (
    SELECT
        entry.path AS path,
        CAST(sum(entry.hits) AS BIGINT) AS hits
    FROM (SELECT unnest(top_paths) AS entry FROM traffic) AS listed
    GROUP BY entry.path
    ORDER BY hits DESC, path
    LIMIT 10
),

best AS (
    SELECT coalesce(list({'path': path, 'hits': hits} ORDER BY hits DESC, path), []) AS top_paths FROM paths
),

totals AS (
    SELECT
        CAST(coalesce(sum(hits), 0) AS BIGINT) AS total_hits,
        CAST(coalesce(sum(sessions), 0) AS BIGINT) AS total_sessions,
        CAST(coalesce(sum(bytes), 0) AS BIGINT) AS total_bytes,
        CAST(coalesce(sum(lines), 0) AS BIGINT) AS total_lines
    FROM traffic
),

filled AS (
    SELECT
        dates.day,
        dates.date,
        coalesce(traffic.hits, 0) AS hits,
        coalesce(traffic.visitors, 0) AS visitors,
        coalesce(traffic.sessions, 0) AS sessions,
        coalesce(traffic.bytes, 0) AS bytes,
        coalesce(traffic.error_share, 0) AS error_share,
        coalesce(traffic.lines, 0) AS lines,
        coalesce(traffic.blank_lines, 0) AS blank_lines,
        coalesce(traffic.rejected_lines, 0) AS rejected_lines,
        CASE
            WHEN dates.day IS NULL THEN 'lines without a readable time'
            WHEN traffic.date IS NULL THEN 'no log line of this date arrived'
            WHEN traffic.hits = 0 THEN 'no line of this date could be read'
        END AS note
    FROM dates
    LEFT JOIN traffic ON dates.date = traffic.date
),

trends AS (
    SELECT
        *,
        avg(hits) OVER week AS week_mean,
        count(*) OVER week AS week_days,
        lag(hits, 7) OVER (PARTITION BY day IS NULL ORDER BY day) AS week_ago
    FROM filled
    WINDOW week AS (PARTITION BY day IS NULL ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
)

SELECT
    trends.date,
    trends.hits,
    trends.visitors,
    trends.sessions,
    trends.bytes,
    trends.error_share,
    CASE WHEN trends.week_days = 7 THEN trends.week_mean END AS hits_of_a_week,
    CASE WHEN trends.week_ago > 0 THEN trends.hits / trends.week_ago - 1 END AS change_to_a_week_ago,
    totals.total_hits,
    totals.total_sessions,
    totals.total_bytes,
    totals.total_lines,
    best.top_paths,
    trends.lines,
    trends.blank_lines,
    trends.rejected_lines,
    trends.note
FROM trends
CROSS JOIN totals
CROSS JOIN best
