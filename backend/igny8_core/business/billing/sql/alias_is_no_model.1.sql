-- Refuses, when a transaction commits, an alias that is also the name of a model: a call must not find two prices.
CREATE FUNCTION billing_alias_is_no_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_column text := CASE TG_TABLE_NAME WHEN 'billing_modelalias' THEN 'name' ELSE 'model_name' END;
    v_name text := to_jsonb(NEW) ->> v_column;
BEGIN
    -- Asked here: a trigger that is for a column keeps migrations from changing the column's type.
    IF to_jsonb(OLD) ->> v_column IS DISTINCT FROM v_name
       AND EXISTS (SELECT FROM billing_modelalias WHERE name = v_name)
       AND EXISTS (SELECT FROM billing_aimodelconfig WHERE model_name = v_name) THEN
        RAISE EXCEPTION '"%" is the name of a model, so it cannot be an alias', v_name
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'alias_is_no_model';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER alias_is_no_model AFTER INSERT OR UPDATE ON billing_modelalias
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_alias_is_no_model();
CREATE CONSTRAINT TRIGGER alias_is_no_model AFTER INSERT OR UPDATE ON billing_aimodelconfig
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_alias_is_no_model();
