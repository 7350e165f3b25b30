/** What the active coordinator keeps on its disk and in its database, and for how long. */
package dev.secateur.coordinator.disk;
