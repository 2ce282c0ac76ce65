-- Brings in each item: {account_id, external_id, source, amount, priority, is_paid, expires_at}. Debt is repaid first.
-- outcome: granted | replayed | conflict (the external id brought another amount) | refused (no such account).
CREATE FUNCTION credits_grant(p_items jsonb) RETURNS TABLE (ord bigint, outcome text, grant_id bigint, available numeric)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_balance credits_accountbalance;
    v_grant credits_grant;
    v_repaid numeric;
    item record;
BEGIN
    PERFORM 1 FROM credits_accountbalance
      WHERE account_id IN (SELECT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i)
      ORDER BY account_id FOR NO KEY UPDATE;

    FOR item IN
        SELECT i.* FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
                   account_id bigint, external_id text, source text, amount numeric, priority smallint,
                   is_paid boolean, expires_at timestamptz)) WITH ORDINALITY AS i (
                   account_id, external_id, source, amount, priority, is_paid, expires_at, ord)
         ORDER BY i.account_id, i.ord
    LOOP
        ord := item.ord;
        grant_id := NULL;
        available := NULL;
        SELECT * INTO v_balance FROM credits_accountbalance WHERE account_id = item.account_id;
        IF NOT FOUND THEN
            outcome := 'refused';
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT * INTO v_grant FROM credits_grant
         WHERE account_id = item.account_id AND external_id = item.external_id;
        IF FOUND THEN
            outcome := CASE WHEN v_grant.amount = item.amount THEN 'replayed' ELSE 'conflict' END;
            grant_id := v_grant.id;
            available := v_balance.posted - v_balance.reserved;
            RETURN NEXT;
            CONTINUE;
        END IF;
        outcome := 'granted';
        v_repaid := least(v_balance.debt, item.amount);
        INSERT INTO credits_grant (
            account_id, external_id, source, amount, repaid, remaining, priority, is_paid, expires_at, created_at)
        VALUES (item.account_id, item.external_id, item.source, item.amount, v_repaid, item.amount - v_repaid, item.priority,
                item.is_paid, item.expires_at, clock_timestamp())
        RETURNING id INTO grant_id;
        UPDATE credits_accountbalance SET posted = posted + item.amount, debt = debt - v_repaid
         WHERE account_id = item.account_id
        RETURNING posted - reserved INTO available;
        INSERT INTO credits_ledgerentry (account_id, kind, amount, posted_after, grant_id, created_at)
        VALUES (item.account_id, 'grant', item.amount, v_balance.posted + item.amount, grant_id, clock_timestamp());
        RETURN NEXT;
    END LOOP;
END $$;
