-- Refuses, when a transaction commits, rates of a model that could both win. The rule is that of unclear_pairs() in
-- price_sheet.py: two rates of a unit that can apply to one call at one time are clear where a rate for just what meets
-- both is there for all of that time; it may be one of the two. Base prices are row 0: they are always there, and a
-- rate of their own conditions takes their place.
-- Edits of the catalogue queue at its version, so that what another transaction has added is seen here.
CREATE FUNCTION billing_unclear_rates() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_was jsonb := to_jsonb(OLD);
    v_became jsonb := to_jsonb(NEW);
    -- A rate that moves to another model may have decided between two that stay.
    v_model_ids bigint[] := ARRAY[(v_was ->> 'model_id')::bigint, (v_became ->> 'model_id')::bigint];
    -- What no rate wins or loses by: a price, and where it comes from.
    v_unasked text[] := '{amount,per,is_estimate,source_url,checked_on}';
    v_pair record;
BEGIN
    IF TG_TABLE_NAME = 'billing_aimodelconfig' THEN
        -- Asked here: a trigger that is for a column keeps migrations from changing the column's type.
        IF (v_was -> 'input_cost_per_1m', v_was -> 'output_cost_per_1m', v_was -> 'cost_per_image')
           = (v_became -> 'input_cost_per_1m', v_became -> 'output_cost_per_1m', v_became -> 'cost_per_image') THEN
            RETURN NULL;
        END IF;
        v_model_ids := ARRAY[(v_became ->> 'id')::bigint];
    ELSIF v_was - v_unasked = v_became - v_unasked THEN
        RETURN NULL;
    END IF;
    WITH rate AS (
        SELECT r.id, r.model_id, unit, service_tier, is_batch, above_input_tokens, image_size, image_quality,
               tstzrange(valid_from, valid_to) AS valid
          FROM billing_modelrate r WHERE r.model_id = ANY (v_model_ids)
        UNION ALL
        SELECT 0, m.id, base.unit, '', false, 0, '', '', tstzrange(NULL, NULL)
          FROM billing_aimodelconfig m CROSS JOIN LATERAL (VALUES
              ('input_tokens', m.input_cost_per_1m), ('output_tokens', m.output_cost_per_1m),
              ('images', m.cost_per_image)) AS base (unit, amount)
         WHERE m.id = ANY (v_model_ids) AND base.amount IS NOT NULL
    ), pair AS (
        SELECT a.model_id, a.id AS one, b.id AS other, a.unit, a.valid * b.valid AS valid,
               CASE a.service_tier WHEN '*' THEN b.service_tier ELSE a.service_tier END AS service_tier,
               coalesce(a.is_batch, b.is_batch) AS is_batch,
               greatest(a.above_input_tokens, b.above_input_tokens) AS above_input_tokens,
               CASE a.image_size WHEN '' THEN b.image_size ELSE a.image_size END AS image_size,
               CASE a.image_quality WHEN '*' THEN b.image_quality ELSE a.image_quality END AS image_quality,
               (a.service_tier, a.is_batch, a.above_input_tokens, a.image_size, a.image_quality) IS NOT DISTINCT FROM
               (b.service_tier, b.is_batch, b.above_input_tokens, b.image_size, b.image_quality) AS are_equal
          FROM rate a JOIN rate b ON a.model_id = b.model_id AND a.unit = b.unit AND a.id < b.id AND a.valid && b.valid
           AND (a.service_tier = b.service_tier OR '*' IN (a.service_tier, b.service_tier))
           AND (a.is_batch = b.is_batch OR a.is_batch IS NULL OR b.is_batch IS NULL)
           AND (a.image_size = b.image_size OR '' IN (a.image_size, b.image_size))
           AND (a.image_quality = b.image_quality OR '*' IN (a.image_quality, b.image_quality))
    )
    SELECT p.*, m.model_name INTO v_pair FROM pair p JOIN billing_aimodelconfig m ON m.id = p.model_id
     WHERE CASE WHEN p.are_equal THEN p.one <> 0 ELSE NOT coalesce((
           SELECT range_agg(c.valid) @> p.valid FROM rate c
            WHERE c.model_id = p.model_id AND c.unit = p.unit AND c.service_tier = p.service_tier
              AND c.is_batch IS NOT DISTINCT FROM p.is_batch AND c.above_input_tokens = p.above_input_tokens AND c.image_size = p.image_size
              AND c.image_quality = p.image_quality), false) END
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'rates % and % of % could both win for %', v_pair.one, v_pair.other, v_pair.model_name,
            v_pair.unit
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'model_rates_are_clear',
                  DETAIL = 'Rate 0 is the base price of the model.',
                  HINT = 'End one before the other begins, or add a rate for just what meets both.';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER model_rates_are_clear AFTER INSERT OR UPDATE OR DELETE ON billing_modelrate
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_unclear_rates();
CREATE CONSTRAINT TRIGGER model_rates_are_clear AFTER UPDATE ON billing_aimodelconfig
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_unclear_rates();
