DROP TABLE credits_storedanswer, credits_usage_log, credits_ledgerentry, credits_hold, credits_grant,
    credits_rate_card, credits_catalogueversion, credits_apikey, credits_accountbalance, credits_account;
DROP FUNCTION credits_refuse_change(), credits_ensure_partitions(integer), credits_replace_catalogue_version(),
    credits_open_balance();
