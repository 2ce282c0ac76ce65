-- Refuses, when a transaction commits, an alias that is also the name of a model: a call must not find two prices.
CREATE FUNCTION billing_alias_is_no_model() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
BEGIN
    SELECT a.name INTO v_name FROM billing_modelalias a JOIN billing_aimodelconfig m ON m.model_name = a.name LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '"%" is the name of a model, so it cannot be an alias', v_name
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'alias_is_no_model';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER alias_is_no_model AFTER INSERT OR UPDATE ON billing_modelalias
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_alias_is_no_model();
CREATE CONSTRAINT TRIGGER alias_is_no_model AFTER INSERT OR UPDATE OF model_name ON billing_aimodelconfig
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_alias_is_no_model();
