-- A date's traffic in one row, and where each of its lines went. Sessions end after 30 minutes of silence.
WITH events AS (
    SELECT date, time, client, coalesce(agent, '') AS agent, path, status, bytes, campaign, bot
    FROM logs.access_events_v1
),

visits AS (
    SELECT
        client,
        agent,
        campaign,
        time - lag(time) OVER (PARTITION BY client, agent ORDER BY time) AS silence
    FROM events
    WHERE NOT bot
),

people AS (
    SELECT
        count(DISTINCT (client, agent)) AS visitors,
        count(*) FILTER (WHERE silence IS NULL OR silence > INTERVAL 30 MINUTE) AS sessions,
        count(DISTINCT (client, agent)) FILTER (WHERE campaign IS NOT NULL) AS campaign_visitors
    FROM visits
),

paths AS (
    SELECT path, count(*) AS hits
    FROM events
    WHERE NOT bot AND status BETWEEN 200 AND 299 AND path IS NOT NULL
    GROUP BY path
    ORDER BY hits DESC, path
    LIMIT 10
),

best AS (
    SELECT coalesce(list({'path': path, 'hits': hits} ORDER BY hits DESC, path), []) AS top_paths FROM paths
),

clock AS (
    SELECT unnest(generate_series(0, 23)) AS of_day
),

hourly AS (
    SELECT
        clock.of_day,
        count(events.date) AS hits
    FROM clock
    LEFT JOIN events ON clock.of_day = extract('hour' FROM events.time AT TIME ZONE 'UTC')
    GROUP BY clock.of_day
),

profile AS (
    SELECT list(hits ORDER BY of_day) AS hourly_hits FROM hourly
),

totals AS (
    SELECT
        count(*) AS hits,
        count(*) FILTER (WHERE bot) AS bot_hits,
        CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes,
        count(*) FILTER (WHERE status BETWEEN 400 AND 499) AS client_errors,
        count(*) FILTER (WHERE status BETWEEN 500 AND 599) AS server_errors
    FROM events
)

SELECT
    accounts.date,
    totals.hits,
    totals.bot_hits,
    people.visitors,
    people.sessions,
    totals.bytes,
    totals.client_errors / greatest(totals.hits, 1) AS client_error_share,
    totals.server_errors / greatest(totals.hits, 1) AS server_error_share,
    people.campaign_visitors,
    best.top_paths,
    profile.hourly_hits,
    accounts.scanned AS lines,
    accounts.blank AS blank_lines,
    accounts.rejected AS rejected_lines
FROM logs.date_accounts AS accounts
CROSS JOIN totals
CROSS JOIN people
CROSS JOIN best
CROSS JOIN profile
WHERE accounts.date = $partition_key
