//go:build !race

package world

const few = 300
