"""A valid contract that uses every section the lint looks at, and small edits of it.

What belongs here: contracts as text, shared by the tests of loading, linting and checks. What does not: tests.
"""

ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:sales:orders
name: Orders
version: 1.2.0
status: deprecated
domain: sales
dataProduct: orders_v1
tags: [shop]
description:
  purpose: One row for each order of the shop, a day after it was placed.
  usage: Revenue and fulfilment.
  limitations: Cancelled orders stay in.
team:
  name: sales-team
  members:
    - username: ada@shop.example
      role: owner
servers:
  - server: production
    type: s3
    location: s3://mesh/sales/orders_v1
    format: delta
schema:
  - id: orders_tbl
    name: orders
    physicalName: orders_v1
    physicalType: table
    description: One row is one order.
    properties:
      - id: order_id_pk
        name: order_id
        physicalName: order_nr
        logicalType: integer
        physicalType: BIGINT
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        unique: true
        description: The order's number.
        logicalTypeOptions:
          minimum: 1
          maximum: 9999999999
          multipleOf: 1
          format: i64
      - id: order_day_pk
        name: order_day
        logicalType: date
        physicalType: DATE
        primaryKey: true
        primaryKeyPosition: 2
        partitioned: true
        partitionKeyPosition: 1
        required: true
        description: The day the order was placed, UTC.
        logicalTypeOptions:
          minimum: '2020-01-01'
          exclusiveMaximum: '2100-01-01'
      - id: status_col
        name: status
        logicalType: string
        physicalType: VARCHAR(20)
        required: true
        description: Where the order is.
        logicalTypeOptions:
          minLength: 2
          maxLength: 20
          pattern: '^[a-z]+$'
        quality:
          - id: known_status
            name: Known status
            type: library
            metric: invalidValues
            arguments:
              validValues: [new, paid, shipped]
            mustBeLessThan: 5
            unit: percent
            dimension: conformity
            severity: error
          - name: Status written out
            metric: missingValues
            arguments:
              missingValues: ['', N/A]
            mustBe: 0
      - id: customer_col
        name: customer_email
        logicalType: string
        classification: personal
        description: Who ordered.
        relationships:
          - to: customers.email
        customProperties:
          - property: dataPlatform.pseudonymise
            value: hash
      - id: total_col
        name: total
        logicalType: number
        physicalType: DECIMAL(10, 2)
        description: What was paid, in euro.
        quality:
          - name: Not too many unknown
            metric: nullValues
            mustBeBetween: [0, 10]
      - id: lines_col
        name: lines
        logicalType: array
        description: What was ordered.
        logicalTypeOptions:
          minItems: 1
          maxItems: 100
        items:
          logicalType: object
          properties:
            - id: sku_field
              name: sku
              logicalType: string
              description: The article.
    relationships:
      - from: [orders.order_id, orders.order_day]
        to: [order_days.order_id, order_days.day]
    quality:
      - name: Not empty
        metric: rowCount
        mustBeGreaterThan: 0
      - name: One row an order
        metric: duplicateValues
        arguments:
          properties: [order_id, order_day]
        mustBe: 0
      - name: No negative total
        type: sql
        query: SELECT count(*) FROM {object} WHERE total < 0
        mustBe: 0
  - id: customers_tbl
    name: customers
    description: One row is one customer.
    properties:
      - id: email_pk
        name: email
        logicalType: string
        classification: personal
        primaryKey: true
        required: true
        description: How to reach them.
        relationships:
          - to: schema/customers_tbl/properties/email_pk
  - id: days_tbl
    name: order_days
    description: One row is one order on one day.
    properties:
      - id: day_order_id
        name: order_id
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        partitioned: true
        description: The order's number.
      - id: day_day
        name: day
        logicalType: date
        primaryKey: true
        primaryKeyPosition: 2
        required: true
        description: The day.
slaProperties:
  - property: latency
    value: 4
    unit: h
    element: orders.order_day
  - property: retention
    value: 3
    unit: y
    element: orders
  - property: availability
    value: 99.5
    unit: percent
  - property: endOfSupport
    value: '2027-06-30'
customProperties:
  - property: dataPlatform.publishMode
    value: replace
  - property: dataPlatform.quarantineShare
    value: 0.05
  - property: dataPlatform.compatibility
    value: CONSUMER_TRANSITIVE
  - property: dataPlatform.versionRetention
    value: 7d
  - property: dataPlatform.replacedBy
    value: sales/orders_v2
  - property: otherTool.setting
    value: left alone
"""

MOVIES = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:shop:movies:top
name: Top movies
version: 1.0.0
status: active
domain: movies
description: {purpose: One row for each movie.}
team: {name: movies-team}
schema:
  - name: top_movies
    description: One row is one movie.
    properties:
      - name: movie_id
        logicalType: integer
        primaryKey: true
        required: true
        description: TMDb's number.
      - name: title
        logicalType: string
        description: The title.
"""


def edited(old: str, new: str, text: str = ORDERS) -> str:
    """The text with one edit: `old` must stand in it exactly once, so that an example's edit cannot miss."""
    assert text.count(old) == 1, f"{old!r} stands in the example {text.count(old)} times"
    return text.replace(old, new)


def line_of(fragment: str, text: str) -> int:
    """The number of the line that `fragment` starts on, from 1."""
    assert text.count(fragment) == 1, f"{fragment!r} stands in the text {text.count(fragment)} times"
    return text[: text.index(fragment)].count("\n") + 1
