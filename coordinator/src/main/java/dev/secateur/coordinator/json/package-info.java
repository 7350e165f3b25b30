/** JSON that the control plane writes and reads back. */
package dev.secateur.coordinator.json;
