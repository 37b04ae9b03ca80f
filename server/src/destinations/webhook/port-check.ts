/**
 * Ports that webhooks may go to on the public internet: 80, 443, and those above 1023 on which no well-known service
 * speaks. A POST to a mail server, cache or database can be read there as commands, and its answer (which is kept) tells
 * who is there. After the bad ports of the Fetch standard, with what today's machines run.
 */
const services: Readonly<Record<string, readonly number[]>> = {
  "proxies and tunnels": [1080, 1194, 1723, 3128, 9050],
  "SQL databases": [1433, 1434, 1521, 3050, 3306, 5432, 6432, 33060, 50000],
  "other databases and search": [
    5984, 7000, 7001, 7199, 7473, 7474, 7687, 8086, 8529, 9042, 9160, 9200, 9300, 27017, 27018, 27019, 28015,
  ],
  "caches and queues": [1883, 4222, 5671, 5672, 6379, 6380, 8883, 9092, 11211, 15672, 16379, 26379, 61613, 61616],
  "clusters and containers": [
    2181, 2375, 2376, 2377, 2379, 2380, 4001, 6443, 8300, 8301, 8302, 8500, 8600, 10250, 10255, 10256,
  ],
  "remote control": [3389, 5900, 5901, 5902, 5903, 5985, 5986, 6000, 6001],
  "file sharing and printing": [2049, 3260, 4045, 9100, 10000],
  "telephony and chat": [1719, 1720, 5060, 5061, 5222, 5269, 6566, 6665, 6666, 6667, 6668, 6669, 6697],
  "mail, names, monitoring": [4190, 5353, 8125, 4369, 1099, 10080],
};

const closed = new Map(Object.entries(services).flatMap(([kind, ports]) => ports.map((port) => [port, kind])));

/** Why a port is refused, in words; null: it is not. */
export function refusedPort(port: number): string | null {
  if (port === 80 || port === 443) return null;
  if (port <= 1023) return `Port ${port} is kept for system services; use 443, or one above 1023.`;
  const kind = closed.get(port);
  return kind === undefined ? null : `Port ${port} is one of ${kind}; receivers can't be there.`;
}
