package ews

// operation is one thing that can be asked for.
type operation struct {
	name   string
	answer func(c *call, e *element) ([]message, *failure)
	empty  string // what a response message has that refuses, beside its code
}

// operations by the name of their element. They are filled in by init, as what answers them looks them up.
var operations map[string]operation

func init() {
	operations = map[string]operation{
		"GetFolder":       {answer: (*call).getFolder, empty: "m:Folders"},
		"FindFolder":      {answer: (*call).findFolder},
		"CreateFolder":    {answer: (*call).createFolder, empty: "m:Folders"},
		"DeleteFolder":    {answer: (*call).deleteFolder},
		"SyncFolderItems": {answer: (*call).syncItems},
		"GetItem":         {answer: (*call).getItem, empty: "m:Items"},
		"CreateItem":      {answer: (*call).createItem, empty: "m:Items"},
		"UpdateItem":      {answer: (*call).updateItem, empty: "m:Items"},
		"DeleteItem":      {answer: (*call).deleteItem},
		"MoveItem":        {answer: (*call).moveItem, empty: "m:Items"},
		"FindItem":        {answer: (*call).findItem},
		"ConvertId":       {answer: (*call).convertID},
		"ResolveNames":    {answer: (*call).resolveNames},
		"Subscribe":       {answer: (*call).subscribe},
		"Unsubscribe":     {answer: (*call).unsubscribe},
		"GetEvents":       {answer: (*call).getEvents},

		"GetUserConfiguration":       {answer: (*call).getUserConfiguration},
		"GetServerTimeZones":         {answer: (*call).getServerTimeZones},
		"GetUserAvailabilityRequest": {answer: (*call).getUserAvailability},
		"GetStreamingEvents":         {answer: (*call).getStreamingEvents},
	}
}

// batch answers the parts of a request one by one. A request with more of them than the server takes is refused as a
// whole, or, as a variant, answered as far as it is taken.
func (c *call) batch(parts []*element, one func(e *element) message) ([]message, *failure) {
	if len(parts) > c.opt.MaxBatch && !c.variants.BatchStops {
		return nil, refBatch.because("The request has more items than the server takes.")
	}
	list := make([]message, 0, len(parts))
	for i, e := range parts {
		if i >= c.opt.MaxBatch {
			list = append(list, failed(refBatchStopped.because("The batch was stopped.")))
			continue
		}
		list = append(list, one(e))
	}
	return list, nil
}
