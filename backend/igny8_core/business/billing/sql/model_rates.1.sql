-- A model's rates as the catalogue and the history of prices read them: rates_from_json() in price_sheet.py.
-- Times go through JSON: as text they would be in the style of whichever session asks.
CREATE VIEW billing_model_rates AS
SELECT model_id, json_agg(json_build_object(
           'unit', unit, 'amount', amount::text, 'per', per, 'service_tier', service_tier, 'is_batch', is_batch,
           'above_input_tokens', above_input_tokens, 'image_size', image_size, 'image_quality', image_quality,
           'is_estimate', is_estimate, 'valid_from', (to_json(valid_from AT TIME ZONE 'UTC') #>> '{}') || '+00:00',
           'valid_to', (to_json(valid_to AT TIME ZONE 'UTC') #>> '{}') || '+00:00', 'source_url', source_url,
           'checked_on', checked_on) ORDER BY id)::text AS rates
  FROM billing_modelrate GROUP BY model_id;
