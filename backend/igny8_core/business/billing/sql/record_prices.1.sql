-- Records what a model's prices have become, in the transaction that changes them and whatever made the change: the
-- admin, QuerySet.update(), psql. One row for each model and transaction, and none where nothing has changed.
CREATE FUNCTION billing_record_prices_of(p_models text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO billing_priceversion (model_name, began, transaction, recorded_at, prices)
    -- A version is after the one before it, though the clock was set back meanwhile.
    SELECT now.model_name, now.began, now.transaction,
           greatest(now.recorded_at, last.recorded_at + interval '1 microsecond'), now.prices FROM (
        SELECT name, transaction_timestamp(), pg_current_xact_id()::text::bigint, clock_timestamp(),
               CASE WHEN m.id IS NOT NULL THEN jsonb_build_object(
                   'provider', m.provider, 'input_cost_per_1m', m.input_cost_per_1m::text,
                   'output_cost_per_1m', m.output_cost_per_1m::text, 'cost_per_image', m.cost_per_image::text,
                   -- Asked for each model: joined, the view would first put together the rates of every other.
                   'rates', coalesce((SELECT rates FROM billing_model_rates WHERE model_id = m.id), '[]')::jsonb) END
          FROM unnest(p_models) AS name
          LEFT JOIN billing_aimodelconfig m ON m.model_name = name
         ORDER BY name) AS now (model_name, began, transaction, recorded_at, prices)
    LEFT JOIN LATERAL (
        SELECT prices, recorded_at FROM billing_priceversion v WHERE v.model_name = now.model_name
         ORDER BY recorded_at DESC, id DESC LIMIT 1) AS last ON true
     WHERE last.prices IS DISTINCT FROM now.prices
    ON CONFLICT (model_name, began, transaction) DO UPDATE
       SET recorded_at = excluded.recorded_at, prices = excluded.prices;
    -- What a transaction does and undoes is no change.
    DELETE FROM billing_priceversion v
     WHERE model_name = ANY (p_models) AND began = transaction_timestamp()
       AND transaction = pg_current_xact_id()::text::bigint
       AND prices IS NOT DISTINCT FROM (
           SELECT b.prices FROM billing_priceversion b WHERE b.model_name = v.model_name AND b.id <> v.id
            ORDER BY b.recorded_at DESC, b.id DESC LIMIT 1);
$$;

CREATE FUNCTION billing_record_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_rows jsonb;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM billing_record_prices_of(ARRAY(SELECT DISTINCT model_name FROM billing_priceversion));
        RETURN NULL;
    END IF;
    -- A transition table is there only for the events that have one.
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        SELECT jsonb_agg(to_jsonb(r)) INTO v_rows FROM became r;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        SELECT coalesce(v_rows, '[]') || coalesce(jsonb_agg(to_jsonb(r)), '[]') INTO v_rows FROM was r;
    END IF;
    PERFORM billing_record_prices_of(ARRAY(
        SELECT changed ->> 'model_name' FROM jsonb_array_elements(v_rows) changed WHERE changed ? 'model_name'
        UNION
        SELECT m.model_name FROM jsonb_array_elements(v_rows) changed
          JOIN billing_aimodelconfig m ON m.id = (changed ->> 'model_id')::bigint));
    RETURN NULL;
END $$;

CREATE TRIGGER prices_are_recorded_after_insert AFTER INSERT ON billing_aimodelconfig
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_update AFTER UPDATE ON billing_aimodelconfig
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_delete AFTER DELETE ON billing_aimodelconfig
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_truncate AFTER TRUNCATE ON billing_aimodelconfig
    FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_insert AFTER INSERT ON billing_modelrate
    REFERENCING NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_update AFTER UPDATE ON billing_modelrate
    REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_delete AFTER DELETE ON billing_modelrate
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();
CREATE TRIGGER prices_are_recorded_after_truncate AFTER TRUNCATE ON billing_modelrate
    FOR EACH STATEMENT EXECUTE FUNCTION billing_record_prices();

-- Calls are charged at the old prices until the transaction that changes them commits, so that is the version's time.
-- Only for what the triggers above record: a restored version keeps its time.
CREATE FUNCTION billing_record_commit_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing_priceversion SET recorded_at = greatest(recorded_at, clock_timestamp()) WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER prices_are_of_their_commit AFTER INSERT ON billing_priceversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (pg_trigger_depth() > 0)
    EXECUTE FUNCTION billing_record_commit_time();
