-- One coordinator at a time writes the journal: the holder of this row, until it expires. Each that takes it raises the fence.
CREATE TABLE coordinator_lease (
  journal VARCHAR(255) NOT NULL PRIMARY KEY,
  holder VARCHAR(63),
  address VARCHAR(300),
  fence BIGINT NOT NULL,
  expires TIMESTAMPTZ NOT NULL
);
INSERT INTO coordinator_lease (journal, fence, expires) VALUES ('coordinator', 0, CURRENT_TIMESTAMP);

-- The coordinators that are there, by which they find each other.
CREATE TABLE coordinator_node (
  holder VARCHAR(63) NOT NULL PRIMARY KEY,
  address VARCHAR(300) NOT NULL,
  joined BOOLEAN NOT NULL,
  seen TIMESTAMPTZ NOT NULL
);

-- Refuses what a session writes that is not called as the holder. The lock lets renewals through, and makes whoever takes the row wait for the commit.
CREATE FUNCTION check_journal_fence() RETURNS TRIGGER LANGUAGE plpgsql AS '
DECLARE
  held coordinator_lease%ROWTYPE;
BEGIN
  SELECT * INTO held FROM coordinator_lease FOR KEY SHARE;
  IF held.fence > 0 AND held.holder IS DISTINCT FROM current_setting(''application_name'') THEN
    RAISE EXCEPTION ''this coordinator does not hold the journal (term % has begun)'', held.fence USING ERRCODE = ''SF001'';
  END IF;
  RETURN NULL;
END';
CREATE TRIGGER journal_fence BEFORE INSERT ON event_journal FOR EACH STATEMENT EXECUTE FUNCTION check_journal_fence();
