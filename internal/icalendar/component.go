package icalendar

import (
	"slices"
	"strings"
)

// Component is what stands between BEGIN and END. Properties and Children are for reading; use the methods to change
// them, for they keep the order in which the two were mixed.
type Component struct {
	Name       string // upper case
	Line       int    // physical line of BEGIN, from 1; 0 for one that was not parsed
	Properties []Property
	Children   []*Component
	after      int // how many of its parent's properties stand before it
}

// NewComponent makes an empty component.
func NewComponent(name string) *Component { return &Component{Name: strings.ToUpper(name)} }

// Get returns the first property of that name, or nil. The pointer is good until the next Add, Insert or Remove.
func (c *Component) Get(name string) *Property {
	if i := c.index(name); i >= 0 {
		return &c.Properties[i]
	}
	return nil
}

func (c *Component) index(name string) int {
	return slices.IndexFunc(c.Properties, func(p Property) bool { return p.name == name })
}

// Text returns the first property of that name as free text, or "".
func (c *Component) Text(name string) string {
	if p := c.Get(name); p != nil {
		return p.Text()
	}
	return ""
}

// Add appends properties, before the component's children.
func (c *Component) Add(props ...Property) {
	at := len(c.Properties)
	if len(c.Children) > 0 {
		at = c.Children[0].after
	}
	for i, p := range props {
		c.insert(at+i, p)
	}
}

// insert puts p before the property at i, and before a child that stands there.
func (c *Component) insert(i int, p Property) {
	c.Properties = slices.Insert(c.Properties, i, p)
	for _, child := range c.Children {
		if child.after >= i {
			child.after++
		}
	}
}

// Set sets the raw value of the first property of that name, keeping its parameters, or adds one.
func (c *Component) Set(name, value string) {
	if p := c.Get(name); p != nil {
		p.SetValue(value)
		return
	}
	c.Add(NewProperty(name, value))
}

// Remove takes out all properties of the given names.
func (c *Component) Remove(names ...string) {
	c.removeFunc(func(p *Property) bool { return slices.Contains(names, p.name) })
}

func (c *Component) removeFunc(drop func(*Property) bool) {
	kept := 0
	moved := make([]int, len(c.Properties)+1) // new position by old
	for i := range c.Properties {
		moved[i] = kept
		if !drop(&c.Properties[i]) {
			c.Properties[kept] = c.Properties[i]
			kept++
		}
	}
	moved[len(c.Properties)] = kept
	clear(c.Properties[kept:])
	c.Properties = c.Properties[:kept]
	for _, child := range c.Children {
		child.after = moved[min(child.after, len(moved)-1)]
	}
}

// AddChild puts a component behind everything that is there.
func (c *Component) AddChild(child *Component) {
	child.after = len(c.Properties)
	c.Children = append(c.Children, child)
}

// InsertChild puts a component before the first child of a name, or behind everything if there is none.
func (c *Component) InsertChild(before string, child *Component) {
	i := slices.IndexFunc(c.Children, func(x *Component) bool { return x.Name == before })
	if i < 0 {
		c.AddChild(child)
		return
	}
	child.after = c.Children[i].after
	c.Children = slices.Insert(c.Children, i, child)
}

// RemoveChild takes a component out.
func (c *Component) RemoveChild(child *Component) {
	c.Children = slices.DeleteFunc(c.Children, func(x *Component) bool { return x == child })
}

// Clone copies a component with everything in it.
func (c *Component) Clone() *Component {
	d := *c
	d.Properties = slices.Clone(c.Properties)
	d.Children = make([]*Component, len(c.Children))
	for i, child := range c.Children {
		d.Children[i] = child.Clone()
	}
	return &d
}
