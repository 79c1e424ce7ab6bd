-- Every customer, with what was typed put into one spelling.
SELECT
    customer_id,
    trim(full_name) AS full_name,
    lower(trim(email)) AS email,
    nullif(trim(phone), '') AS phone,
    trim(street) AS street,
    upper(trim(postcode)) AS postcode,
    trim(city) AS city,
    CASE upper(trim(country))
        WHEN 'GERMANY' THEN 'DE'
        WHEN 'FRANCE' THEN 'FR'
        WHEN 'UNITED KINGDOM' THEN 'GB'
        WHEN 'UNITED STATES' THEN 'US'
        WHEN 'SWEDEN' THEN 'SE'
        ELSE upper(trim(country))
    END AS country,
    marketing_consent,
    created_at,
    updated_at
FROM sales.raw_customers
