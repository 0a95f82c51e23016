package alert

type noveltyData struct {
	Items []novelItem `json:"items"`
	Count int         `json:"count"`
}

type novelItem struct {
	Time    int64  `json:"time"`
	What    string `json:"what"`
	IP      string `json:"ip,omitempty"`
	Port    uint16 `json:"port"`
	Service string `json:"service"`
}

func noveltyDataOf(n *Novelty) *noveltyData {
	out := &noveltyData{Items: make([]novelItem, 0, len(n.Items)), Count: n.Count}
	for _, i := range n.Items {
		item := novelItem{Time: i.Time.UnixMilli(), What: clean(i.What), Port: i.Port, Service: clean(i.Service)}
		if i.IP.IsValid() {
			item.IP = addrText(i.IP)
		}
		out.Items = append(out.Items, item)
	}
	return out
}
