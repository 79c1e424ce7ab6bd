-- What a day's ads cost beside the visits and orders that they brought, and what these were worth. Money stands in the
-- row of its own currency, so a market where ads are paid in euro and orders in pounds has two rows.
WITH spent AS (
    SELECT
        campaign_id,
        market,
        currency,
        sum(impressions) AS impressions,
        sum(clicks) AS clicks,
        sum(cost) AS spend
    FROM marketing.ad_spend_v1
    GROUP BY campaign_id, market, currency
),

sold AS (
    SELECT
        campaign_id,
        ship_to_country AS market,
        currency,
        count(*) AS orders,
        count(*) FILTER (WHERE status IN ('cancelled', 'refunded')) AS lost_orders,
        sum(total_amount) FILTER (WHERE status NOT IN ('cancelled', 'refunded')) AS revenue
    FROM sales.orders_v1
    WHERE campaign_id IS NOT NULL
    GROUP BY campaign_id, ship_to_country, currency
),

-- Links are written by people: a tag that is no campaign's number is nobody's visit.
visited AS (
    SELECT upper(trim(campaign)) AS campaign_id, count(*) AS visits
    FROM logs.access_events_v1
    WHERE NOT bot AND status < 400 AND regexp_full_match(upper(trim(campaign)), 'CMP-[0-9]{4}')
    GROUP BY upper(trim(campaign))
),

-- In one market some orders may be paid in another currency than others: the counts of all its rows belong to its ads.
together AS (
    SELECT
        coalesce(spent.campaign_id, sold.campaign_id) AS campaign_id,
        coalesce(spent.market, sold.market) AS market,
        coalesce(spent.currency, sold.currency) AS currency,
        coalesce(spent.impressions, 0) AS impressions,
        coalesce(spent.clicks, 0) AS clicks,
        0 AS visits,
        coalesce(spent.spend, 0) AS spend,
        coalesce(sold.orders, 0) AS orders,
        coalesce(sold.lost_orders, 0) AS lost_orders,
        coalesce(sold.revenue, 0) AS revenue
    FROM spent
    FULL JOIN sold
        ON spent.campaign_id = sold.campaign_id AND spent.market = sold.market AND spent.currency = sold.currency
    UNION ALL
    SELECT campaign_id, 'ZZ', 'XXX', 0, 0, visits, 0, 0, 0, 0 FROM visited
),

by_market AS (
    SELECT
        campaign_id,
        market,
        sum(orders - lost_orders) AS kept_orders,
        count(DISTINCT currency) FILTER (WHERE spend > 0 OR revenue > 0) AS currencies
    FROM together
    GROUP BY campaign_id, market
)

SELECT
    CAST($partition_key AS DATE) AS day,
    together.campaign_id,
    together.market,
    together.currency,
    campaigns.campaign_id IS NOT NULL AS campaign_known,
    campaigns.name AS campaign,
    campaigns.channel,
    CAST(together.impressions AS BIGINT) AS impressions,
    CAST(together.clicks AS BIGINT) AS clicks,
    CAST(together.visits AS BIGINT) AS visits,
    CAST(together.spend AS DECIMAL(18, 2)) AS spend,
    together.orders,
    together.lost_orders,
    CAST(together.revenue AS DECIMAL(18, 2)) AS revenue,
    CASE
        WHEN together.spend > 0 AND by_market.kept_orders > 0
            THEN CAST(together.spend / by_market.kept_orders AS DECIMAL(18, 2))
    END AS cost_per_order,
    CASE
        WHEN together.spend > 0 AND by_market.currencies = 1
            THEN CAST(together.revenue / together.spend AS DECIMAL(18, 4))
    END AS return_on_ad_spend
FROM together
INNER JOIN by_market ON together.campaign_id = by_market.campaign_id AND together.market = by_market.market
LEFT JOIN marketing.campaigns_v1 AS campaigns ON together.campaign_id = campaigns.campaign_id
