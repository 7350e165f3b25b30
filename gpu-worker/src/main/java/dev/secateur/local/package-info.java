/** Jobs: the work of commands on one checkpoint and one device, without a cluster. */
package dev.secateur.local;
