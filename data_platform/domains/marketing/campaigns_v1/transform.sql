-- Every campaign, typed. What cannot be read is null, which the contract refuses.
WITH listed AS (
    SELECT
        upper(trim(id)) AS campaign_id,
        trim(name) AS name,
        lower(trim(channel)) AS channel,
        TRY_CAST(trim(start_date) AS DATE) AS start_date,
        -- An end that cannot be read must not pass for none: it lies before every start, which the contract refuses.
        CASE
            WHEN trim(end_date) <> '' THEN coalesce(TRY_CAST(trim(end_date) AS DATE), DATE '0001-01-01')
        END AS end_date,
        -- Spaces of any kind: plain, non-breaking, narrow.
        regexp_replace(budget, '[\s\x{A0}\x{202F}]', '', 'g') AS budget,
        lower(trim(status)) AS status,
        _taken_at AS taken_at
    FROM marketing.raw_campaigns
)
SELECT
    campaign_id,
    name,
    channel,
    start_date,
    end_date,
    CASE
        WHEN regexp_full_match(budget, '[€£$]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]{1,2})?[€£$]?')
            THEN TRY_CAST(regexp_replace(budget, '[€£$,]', '', 'g') AS DECIMAL(14, 2))
    END AS budget,
    CASE
        WHEN budget LIKE '%€%' THEN 'EUR'
        WHEN budget LIKE '%£%' THEN 'GBP'
        WHEN budget LIKE '%$%' THEN 'USD'
    END AS currency,
    status,
    taken_at
FROM listed
