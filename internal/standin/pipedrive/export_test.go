package pipedrive

// SwitchLabels are what the page's own switches say in English.
func (s *Server) SwitchLabels() (list []string) {
	for _, x := range (*desk)(s).Switches() {
		list = append(list, x.Label)
	}
	return list
}
