-- Charges each item: {account_id, request_id, attempt, card_id, usage, cost_usd, usd_per_credit, credits,
-- confidence, provider_request_id, answer, answer_seconds}. outcome: settled | replayed | missing | superseded (the hold is of another
-- attempt, or priced with another card). Never refused for lack of credits: what the
-- grants cannot pay is debt, what the hold did not cover is an overrun entry of its own.
CREATE FUNCTION credits_settle(p_items jsonb) RETURNS TABLE (
    ord bigint, outcome text, credits numeric, overrun numeric, available numeric
) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_account_ids bigint[];
    v_balances credits_accountbalance[];
    v_grants credits_grant[];
    v_entries credits_ledgerentry[] := '{}';
    v_usage credits_usage_log[] := '{}';
    v_entry credits_ledgerentry;
    v_row credits_usage_log;
    v_parts numeric[];
    v_left numeric;
    v_take numeric;
    b integer := 1;
    g integer := 1;
    item record;
BEGIN
    PERFORM 1 FROM credits_accountbalance
      WHERE account_id IN (SELECT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i)
      ORDER BY account_id FOR NO KEY UPDATE;

    v_account_ids := ARRAY(SELECT DISTINCT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i);
    v_balances := ARRAY(
        SELECT x FROM credits_accountbalance x WHERE x.account_id = ANY (v_account_ids) ORDER BY x.account_id);
    v_grants := ARRAY(
        SELECT x FROM credits_grant x WHERE x.account_id = ANY (v_account_ids) AND x.remaining > 0
         ORDER BY x.account_id, x.priority, x.expires_at NULLS LAST, x.is_paid, x.id);
    v_now := clock_timestamp();

    FOR item IN
        SELECT i.*, h.state AS hold_state, h.attempt AS hold_attempt, h.amount AS hold_amount, h.admitted_at,
               h.card_id, h.price_source, h.operation, h.model, h.provider, h.user_ref, h.api_key_id
          FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
                   account_id bigint, request_id uuid, attempt integer, card_id uuid, usage jsonb, cost_usd numeric,
                   usd_per_credit numeric, credits numeric, confidence text, provider_request_id text)) WITH ORDINALITY AS i (
                   account_id, request_id, attempt, priced_with, usage, cost_usd, usd_per_credit, cost_credits,
                   confidence, provider_request_id, ord)
          LEFT JOIN credits_hold h ON h.account_id = i.account_id AND h.request_id = i.request_id
         ORDER BY i.account_id, i.ord
    LOOP
        WHILE v_balances[b].account_id < item.account_id LOOP
            b := b + 1;
        END LOOP;
        ord := item.ord;
        credits := NULL;
        overrun := NULL;
        available := CASE WHEN v_balances[b].account_id = item.account_id
            THEN v_balances[b].posted - v_balances[b].reserved END;
        outcome := CASE
            WHEN item.hold_state IS NULL THEN 'missing'
            WHEN item.hold_attempt <> item.attempt THEN 'superseded'
            WHEN item.hold_state = 'settled' THEN 'replayed'
            WHEN item.card_id <> item.priced_with THEN 'superseded'
            ELSE 'settled' END;
        IF outcome <> 'settled' THEN
            RETURN NEXT;
            CONTINUE;
        END IF;

        credits := item.cost_credits;
        v_row.held := CASE item.hold_state WHEN 'void' THEN 0 ELSE item.hold_amount END;
        overrun := greatest(credits - v_row.held, 0);
        v_parts := ARRAY[credits - overrun, overrun];
        v_balances[b].reserved := v_balances[b].reserved - v_row.held;
        FOR part IN 1..2 LOOP
            -- The charge is entered even when it is nothing: it is what makes a second charge impossible.
            CONTINUE WHEN part = 2 AND overrun = 0;
            v_left := v_parts[part];
            v_entry.draws := '{}';
            WHILE v_left > 0 AND g <= cardinality(v_grants) AND v_grants[g].account_id <= item.account_id LOOP
                IF v_grants[g].account_id < item.account_id OR v_grants[g].remaining = 0 THEN
                    g := g + 1;
                    CONTINUE;
                END IF;
                v_take := least(v_left, v_grants[g].remaining);
                v_grants[g].remaining := v_grants[g].remaining - v_take;
                v_left := v_left - v_take;
                v_entry.draws := v_entry.draws || jsonb_build_object(v_grants[g].id::text, v_take::text);
            END LOOP;
            v_balances[b].debt := v_balances[b].debt + v_left;
            v_balances[b].posted := v_balances[b].posted - v_parts[part];
            v_entry.account_id := item.account_id;
            v_entry.id := nextval('credits_ledgerentry_id_seq');
            v_entry.kind := CASE part WHEN 1 THEN 'charge' ELSE 'overrun' END;
            v_entry.amount := -v_parts[part];
            v_entry.posted_after := v_balances[b].posted;
            v_entry.request_id := item.request_id;
            v_entry.created_at := v_now;
            v_entries := array_append(v_entries, v_entry);
        END LOOP;

        v_row.account_id := item.account_id;
        v_row.admitted_at := item.admitted_at;
        v_row.id := nextval('credits_usage_log_id_seq');
        v_row.logged_at := v_now;
        v_row.request_id := item.request_id;
        v_row.attempt := item.attempt;
        v_row.status := 'settled';
        v_row.operation := item.operation;
        v_row.model := item.model;
        v_row.provider := item.provider;
        v_row.user_ref := item.user_ref;
        v_row.api_key_id := item.api_key_id;
        v_row.price_source := item.price_source;
        v_row.card_id := item.card_id;
        v_row.usage := item.usage;
        v_row.cost_usd := item.cost_usd;
        v_row.usd_per_credit := item.usd_per_credit;
        v_row.credits := credits;
        v_row.provider_request_id := item.provider_request_id;
        v_row.confidence := coalesce(item.confidence, 'exact');
        v_usage := array_append(v_usage, v_row);
        available := v_balances[b].posted - v_balances[b].reserved;
        RETURN NEXT;
    END LOOP;

    UPDATE credits_hold h SET state = 'settled', closed_at = v_now
      FROM unnest(v_usage) u WHERE h.account_id = u.account_id AND h.request_id = u.request_id;
    INSERT INTO credits_ledgerentry SELECT e.* FROM unnest(v_entries) e;
    INSERT INTO credits_usage_log SELECT u.* FROM unnest(v_usage) u;
    UPDATE credits_grant x SET remaining = n.remaining
      FROM unnest(v_grants) n
     WHERE x.account_id = n.account_id AND x.id = n.id AND x.remaining <> n.remaining;
    UPDATE credits_accountbalance x SET posted = n.posted, reserved = n.reserved, debt = n.debt
      FROM unnest(v_balances) n
     WHERE x.account_id = n.account_id AND (x.posted, x.reserved, x.debt) IS DISTINCT FROM (n.posted, n.reserved, n.debt);
    INSERT INTO credits_storedanswer
        SELECT u.account_id, u.request_id, a.answer, v_now + make_interval(secs => a.answer_seconds)
          FROM jsonb_to_recordset(p_items) AS a (
                   account_id bigint, request_id uuid, answer text, answer_seconds integer)
          JOIN unnest(v_usage) u ON u.account_id = a.account_id AND u.request_id = a.request_id
         WHERE a.answer IS NOT NULL;
END $$;
