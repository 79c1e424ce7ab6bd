-- A day's export, typed, with its line of totals beside the rows instead of among them. What cannot be read is null,
-- which the contract refuses.
WITH spelled AS (
    SELECT
        CAST(day AS DATE) AS day,
        upper(trim(campaign_id)) AS campaign_id,
        upper(trim(market)) AS market,
        lower(trim(device)) AS device,
        upper(trim(currency)) AS currency,
        -- Spaces of any kind: plain, non-breaking, narrow.
        regexp_replace(impressions, '[\s\x{A0}\x{202F}]', '', 'g') AS impressions,
        regexp_replace(clicks, '[\s\x{A0}\x{202F}]', '', 'g') AS clicks,
        -- Only the sign or code of the row's own currency is taken off: dollars that say EUR are no number.
        regexp_replace(
            regexp_replace(cost, '[\s\x{A0}\x{202F}]', '', 'g'),
            CASE upper(trim(currency))
                WHEN 'EUR' THEN '^(€|EUR)|(€|EUR)$'
                WHEN 'GBP' THEN '^(£|GBP)|(£|GBP)$'
                WHEN 'USD' THEN '^([$]|USD)|([$]|USD)$'
                WHEN 'SEK' THEN '^(kr|SEK)|(kr|SEK)$'
                ELSE '^$'
            END,
            ''
        ) AS cost,
        _taken_at AS taken_at
    FROM marketing.raw_ad_exports
),

-- A row that comes twice with the same figures counts once. One that comes twice with others breaks the primary key.
typed AS (
    SELECT DISTINCT
        day,
        campaign_id,
        market,
        device,
        currency,
        CASE
            WHEN impressions = '--' THEN 0
            WHEN regexp_full_match(impressions, '[0-9]+|[0-9]{1,3}(,[0-9]{3})+')
                THEN TRY_CAST(replace(impressions, ',', '') AS BIGINT)
        END AS impressions,
        CASE
            WHEN clicks = '--' THEN 0
            WHEN regexp_full_match(clicks, '[0-9]+|[0-9]{1,3}(,[0-9]{3})+')
                THEN TRY_CAST(replace(clicks, ',', '') AS BIGINT)
        END AS clicks,
        CASE
            WHEN cost = '--' THEN 0
            WHEN regexp_full_match(cost, '-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]{1,2})?')
                THEN TRY_CAST(replace(cost, ',', '') AS DECIMAL(14, 2))
        END AS cost,
        taken_at
    FROM spelled
)

SELECT
    spent.day,
    spent.campaign_id,
    spent.market,
    spent.device,
    spent.currency,
    campaigns.channel,
    spent.impressions,
    spent.clicks,
    spent.cost,
    totals.impressions AS total_impressions,
    totals.clicks AS total_clicks,
    totals.cost AS total_cost,
    spent.taken_at
FROM typed AS spent
LEFT JOIN typed AS totals ON spent.currency = totals.currency AND totals.campaign_id = 'TOTAL'
LEFT JOIN marketing.campaigns_v1 AS campaigns ON spent.campaign_id = campaigns.campaign_id
WHERE spent.campaign_id IS DISTINCT FROM 'TOTAL'
