-- The sequence is written once in a thousand events, not once in 32; a halt leaves a gap in the order, which harms nothing.
ALTER TABLE "event_journal" ALTER COLUMN "ordering" SET CACHE 1000;

-- Events of some hundred bytes stand in their rows.
SET MAX_LENGTH_INPLACE_LOB 4096;
