#include "lbkind.h"

#define TIMEOUT 86400000

static const char *const listener_protocols[] = {
    "HTTP", "HTTPS", "PROMETHEUS", "TCP", "TERMINATED_HTTPS", "UDP", NULL};
static const char *const pool_protocols[] = {
    "HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP", "UDP", NULL};
static const char *const algorithms[] = {
    "LEAST_CONNECTIONS", "ROUND_ROBIN", "SOURCE_IP", NULL};

/* CreateLoadbalancerSerializer, as far as it is emulated. */
static const struct schema_field balancer_create[] = {
    {"name", SCHEMA_REQUIRED, SCHEMA_NAME},
    {0},
};

/* CreateLbListenerSerializer */
static const struct schema_field listener_create[] = {
    {"name", SCHEMA_REQUIRED, SCHEMA_NAME},
    {"protocol", SCHEMA_REQUIRED, SCHEMA_STRING, 1, 32, listener_protocols},
    {"protocol_port", SCHEMA_REQUIRED, SCHEMA_INTEGER, 1, 65535},
    {"load_balancer_id", SCHEMA_REQUIRED, SCHEMA_UUID},
    {"secret_id", 0, SCHEMA_UUID_OR_EMPTY},
    {"sni_secret_id", 0, SCHEMA_UUIDS},
    {"allowed_cidrs", SCHEMA_NULLABLE, SCHEMA_ARRAY},
    {"connection_limit", 0, SCHEMA_INTEGER, -1, 1000000},
    {"timeout_client_data", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {"timeout_member_connect", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {"timeout_member_data", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {0},
};

/* PatchLbListenerSerializer */
static const struct schema_field listener_patch[] = {
    {"name", 0, SCHEMA_NAME},
    {"secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"sni_secret_id", SCHEMA_NULLABLE, SCHEMA_UUIDS},
    {"admin_state_up", 0, SCHEMA_BOOL},
    {"allowed_cidrs", SCHEMA_NULLABLE, SCHEMA_ARRAY},
    {"connection_limit", 0, SCHEMA_INTEGER, -1, 1000000},
    {"timeout_client_data", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {"timeout_member_connect", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {"timeout_member_data", SCHEMA_NULLABLE, SCHEMA_INTEGER, 0, TIMEOUT},
    {0},
};

/* CreateLbPoolSerializer; one of the first two is needed. */
static const struct schema_field pool_create[] = {
    {"load_balancer_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"listener_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"name", SCHEMA_REQUIRED, SCHEMA_NAME},
    {"protocol", SCHEMA_REQUIRED, SCHEMA_STRING, 1, 32, pool_protocols},
    {"lb_algorithm", SCHEMA_REQUIRED, SCHEMA_STRING, 1, 32, algorithms},
    {"secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"ca_secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"crl_secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {0},
};

/* PatchLbPoolSerializer */
static const struct schema_field pool_patch[] = {
    {"name", 0, SCHEMA_NAME},
    {"secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"ca_secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"crl_secret_id", SCHEMA_NULLABLE, SCHEMA_UUID},
    {"admin_state_up", 0, SCHEMA_BOOL},
    {"protocol", 0, SCHEMA_STRING, 1, 32, pool_protocols},
    {"lb_algorithm", 0, SCHEMA_STRING, 1, 32, algorithms},
    {0},
};

#define STATUS                                                                 \
	"\"operating_status\":\"ONLINE\",\"provisioning_status\":\"ACTIVE\","  \
	"\"admin_state_up\":true,\"creator_task_id\":null"

const struct lbkind lbkinds[LBKIND_COUNT] = {
    [LB_BALANCER] = {"loadbalancers", "Load Balancer", "loadbalancers",
	"create_loadbalancer", NULL, "delete_loadbalancer", balancer_create,
	NULL,
	"{\"name\":null,\"vip_address\":null,\"vip_ip_family\":\"ipv4\","
	"\"tags_v2\":[],\"floating_ips\":[],\"updated_at\":null," STATUS "}"},
    [LB_LISTENER] = {"lblisteners", "Listener", "listeners",
	"create_lblistener", "patch_lblistener", "delete_lblistener",
	listener_create, listener_patch,
	"{\"name\":null,\"protocol\":null,\"protocol_port\":null,"
	"\"load_balancer_id\":null,\"secret_id\":null,\"sni_secret_id\":[],"
	"\"allowed_cidrs\":null,\"connection_limit\":100000,"
	"\"timeout_client_data\":null,\"timeout_member_connect\":null,"
	"\"timeout_member_data\":null,\"insert_headers\":{},"
	"\"user_list\":[],\"stats\":null," STATUS "}"},
    [LB_POOL] = {"lbpools", "Pool", "pools", "create_lbpool", "patch_lbpool",
	"delete_lbpool", pool_create, pool_patch,
	"{\"name\":null,\"protocol\":null,\"lb_algorithm\":null,"
	"\"secret_id\":null,\"ca_secret_id\":null,\"crl_secret_id\":null,"
	"\"loadbalancers\":[],\"listeners\":[],\"members\":[],"
	"\"session_persistence\":null,\"healthmonitor\":null,"
	"\"timeout_client_data\":null,\"timeout_member_connect\":null,"
	"\"timeout_member_data\":null," STATUS "}"},
};
